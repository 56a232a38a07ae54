s.name = "foo"
s.version = "1.2.3"
