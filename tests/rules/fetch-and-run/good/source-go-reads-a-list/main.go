package main

func main() {
	r, _ := http.Get("https://speed.cedar.example/servers.json")
	f, _ := os.Create("/tmp/servers.json")
	io.Copy(f, r.Body)
	f.Close()
	exec.Command("ping", "-c", "3", first("/tmp/servers.json")).Run()
}
