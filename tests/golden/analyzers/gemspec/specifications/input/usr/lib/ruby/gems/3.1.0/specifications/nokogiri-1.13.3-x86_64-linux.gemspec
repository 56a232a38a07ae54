Gem::Specification.new do |s|
  s.name = "nokogiri"
  s.version = Nokogiri::VERSION
  s.platform = "x86_64-linux"
end
