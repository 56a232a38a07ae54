module Inline
  VERSION = '3.0.0'
end
Gem::Specification.new do |spec|
  # spec.name = "comment"
  spec.name = "inline"
  spec.version = Inline::VERSION
end
