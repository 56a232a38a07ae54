4Gem::Specification.new do |s|
  s.name = "unknown"
  s.version = OTHER
