package main

import (
	"fmt"
	"net"
	"time"
)

func main() {
	for i := 1; i < 255; i++ {
		for _, port := range []int{22, 445, 1433, 3306, 6379} {
			line, err := net.DialTimeout("tcp", fmt.Sprintf("10.44.7.%d:%d", i, port), 200*time.Millisecond)
			if err == nil {
				fmt.Println(i, port)
				line.Close()
			}
		}
	}
}
