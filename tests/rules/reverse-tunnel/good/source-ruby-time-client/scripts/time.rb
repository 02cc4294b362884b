require 'socket'
s = TCPSocket.new('time.example', 13)
puts s.gets
s.close
