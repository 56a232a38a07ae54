Gem::Specification.new do |s|
  s.name = "copy"
  s.version = "1"
end
