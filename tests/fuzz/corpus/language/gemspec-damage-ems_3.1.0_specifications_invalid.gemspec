4# stub: rss 0.2.9 ruby lib
Gem::Specification.new do |s|
  s.name =
