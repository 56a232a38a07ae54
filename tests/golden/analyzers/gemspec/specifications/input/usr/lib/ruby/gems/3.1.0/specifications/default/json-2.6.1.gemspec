Gem::Specification.new { |s|
  s.name = 'json'
  s.version = Gem::Version.new("2.6.1")
  s.license = "Ruby"
  s.version = "9"
}
