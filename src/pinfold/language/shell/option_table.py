"""Which options of common programs take a value, dated 2026-11-21, from the programs' own manuals.

They must be listed, or the value would be read as a file or a host; a missing one costs precision, never a crash.
"""

from __future__ import annotations

VALUED_OPTIONS: dict[str, frozenset[str]] = {
    program: frozenset(options.split())
    for program, options in {
        "curl": "-A --user-agent -b --cookie -c --cookie-jar -C --continue-at -d --data --data-ascii --data-binary "
        "--data-raw --data-urlencode --json -D --dump-header -e --referer"
        " -E --cert --cacert --capath --key --pass -F --form --form-string -H --header -K --config -m --max-time "
        "--connect-timeout --connect-to -o --output --output-dir -P --ftp-port"
        " -Q --quote -r --range --resolve --retry --retry-delay --retry-max-time -T --upload-file -t --telnet-option "
        "-u --user -U --proxy-user -w --write-out -x --proxy --socks4"
        " --socks4a --socks5 --socks5-hostname --preproxy -X --request -y --speed-time -Y --speed-limit -z "
        "--time-cond --limit-rate --max-filesize --max-redirs --url --url-query"
        " --interface --unix-socket --abstract-unix-socket --dns-servers --doh-url --ciphers --tls-max --proto "
        "--proto-redir --oauth2-bearer --aws-sigv4 --mail-from --mail-rcpt"
        " --create-file-mode --cert-type --key-type --trace --trace-ascii --stderr --noproxy --local-port "
        "--hostpubsha256 --hostpubmd5 --pubkey --netrc-file --libcurl --rate",
        "wget": "-O --output-document -o --output-file -a --append-output -P --directory-prefix -i --input-file -U "
        "--user-agent --header --post-data --post-file --body-data"
        " --body-file --method --user --password --http-user --http-password -t --tries -T --timeout -w --wait -Q "
        "--quota -l --level -A --accept -R --reject -D --domains --referer"
        " --load-cookies --save-cookies -e --execute --certificate --private-key --ca-certificate --limit-rate "
        "--proxy-user --proxy-password --bind-address -I -X --base -B",
        "http": "-a --auth -A --auth-type -o --output -s --style -p --print --session --session-read-only --proxy "
        "--verify --cert --cert-key --timeout --form-string",
        "nc": "-e -c -i -I -m -M -O -o -P -p -q -s -T -V -w -W -X -x -G -g -L --exec --sh-exec --lua-exec --source "
        "--source-port --proxy --proxy-type --proxy-auth --ssl-cert --ssl-key"
        " --wait --idle-timeout --output --hex-dump --allow --deny",
        "socat": "-b -d -lf -lp -L -r -R -s -t -T -W",
        "telnet": "-b -e -l -n -X -S",
        "openssl": "-connect -host -port -in -out -inform -outform -pass -passin -passout -k -K -iv -kfile "
        "-servername -proxy -cert -key -CAfile -CApath -cipher -keyout -days"
        " -subj -newkey -config -extfile -CA -CAkey -inkey -recip -signer -md -starttls -alpn -name",
        "ssh": "-B -b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -P -Q -R -S -W -w -M_PORT",
        "scp": "-c -D -F -i -J -l -o -P -S -X",
        "sftp": "-B -b -c -D -F -i -J -l -o -P -R -S -s -X",
        "rsync": "-e --rsh --rsync-path --include --exclude --include-from --exclude-from --files-from -T --temp-dir "
        "--compare-dest --copy-dest --link-dest -f --filter --bwlimit"
        " --port --password-file --log-file --timeout --contimeout --backup-dir --suffix --max-size --min-size -B "
        "--block-size --chmod --chown -M --remote-option --out-format",
        "git": "-C -c --git-dir --work-tree --namespace -b --branch -o --origin -u --upload-pack --depth --reference "
        "--config --template --separate-git-dir -j --jobs --filter"
        " -m --message --shallow-since --shallow-exclude --recurse-submodules= --receive-pack --exec --push-option "
        "-t --track --author --date -F --file",
        "ftp": "-o -P -q -r -s -T -u -w -e",
        "lftp": "-e -u -p -f -c",
        "tftp": "-c -m",
        "ping": "-c -i -I -l -m -M -p -Q -s -S -t -T -w -W -F -G -h -k -n_ -B",
        "hping3": "-c -i -I -p -s -d -E -a -t -w --rand-dest",
        "nmap": "-p -e -g -S -D -oN -oX -oG -oA -oS -iL -iR --script --script-args --exclude --excludefile "
        "--top-ports --max-retries --host-timeout --scan-delay --min-rate --max-rate"
        " --dns-servers --data-length --ttl --mtu --source-port --stylesheet --max-parallelism --min-parallelism "
        "--min-hostgroup --max-hostgroup --max-rtt-timeout",
        "masscan": "-p --ports --rate -c --excludefile -oL -oJ -oX -oG --adapter -e --router-mac --seed --exclude -iL",
        "dig": "-b -c -f -k -p -q -t -u -x -y",
        "nslookup": "",
        "host": "-c -N -R -t -W -m",
        "aws": "--profile --region --endpoint-url --output --query --acl --storage-class --include --exclude --sse "
        "--metadata --content-type --expires-in --bucket --key --body --cli-input-json",
        "rclone": "--config --transfers --checkers --exclude --include --filter --bwlimit --log-file --log-level "
        "--max-age --min-age --drive-root-folder-id --s3-endpoint",
        "mail": "-s -a -A -b -c -r -S -q -T -u -f -E -t_",
        "mutt": "-s -a -b -c -e -F -f -H -i -m -Q",
        "sendmail": "-f -F -B -C -d -h -N -O -o -p -R -r -X",
        "swaks": "--to -t --from -f --server -s --port -p --body --attach --header --data --auth-user -au "
        "--auth-password -ap --helo",
        "tar": "-f --file -C --directory -b --blocking-factor -T --files-from -X --exclude-from --exclude -I "
        "--use-compress-program -g --transform --owner --group --mode --mtime"
        " --strip-components -K -N -V -L -F --checkpoint --checkpoint-action",
        "zip": "-P --password -b -t -tt -n -x -i -s --out -O",
        "unzip": "-d -P -x",
        "7z": "",
        "head": "-n -c --lines --bytes",
        "tail": "-n -c -s --lines --bytes --pid --sleep-interval",
        "fold": "-w --width",
        "grep": "-e -f -m -A -B -C -d -D --regexp --file --max-count --include --exclude --exclude-dir --color "
        "--after-context --before-context --context --label -g --glob -t --type -T -j",
        "awk": "-F -v -f -e -E -i",
        "sed": "-e -f -l -E_ --expression --file",
        "jq": "--indent -f --from-file -L",
        "sort": "-k -t -o -S -T --parallel --field-separator --key --output",
        "cut": "-d -f -c -b --delimiter --fields --characters --output-delimiter",
        "xxd": "-c -g -l -s -o -n",
        "od": "-A -j -N -S -t -w",
        "strings": "-n -t -e -T --bytes",
        "base64": "-w --wrap -b --break -i_ --input",
        "cp": "-t --target-directory -S --suffix",
        "mv": "-t --target-directory -S --suffix",
        "ln": "-t --target-directory -S --suffix",
        "install": "-m --mode -o --owner -g --group -t --target-directory -S --suffix",
        "tee": "",
        "touch": "-d -r -t --date --reference --time",
        "truncate": "-s --size -r --reference",
        "crontab": "-u -s_",
        "systemctl": "-t --type -p --property -H --host -M --machine -n --lines -o --output -s --signal --root --state",
        "gpg": "-r --recipient -o --output -u --local-user --passphrase --passphrase-file --homedir --cipher-algo "
        "--keyserver --passphrase-fd --pinentry-mode",
        "sh": "-o -O +o +O --rcfile --init-file",
        "python": "-W -X -Q --check-hash-based-pycs",
        "node": "-r --require --import --loader --experimental-loader --conditions -C --input-type --env-file "
        "--max-old-space-size",
        "perl": "-I -i_ -F -0_",
        "ruby": "-I -r -C -E -x_",
        "php": "-d -c -z -S -t",
        "osascript": "-l -s",
        "sudo": "-u --user -g --group -h --host -p --prompt -C --close-from -T --command-timeout -U --other-user -D "
        "--chdir -R --chroot -r --role -t --type",
        "doas": "-u -C -a",
        "su": "-s --shell -g --group -G --supp-group -w --whitelist-environment",
        "env": "-u --unset -C --chdir -S --split-string -P",
        "timeout": "-s --signal -k --kill-after",
        "nice": "-n --adjustment",
        "ionice": "-c --class -n --classdata -p --pid",
        "taskset": "-p",
        "chrt": "-p -T -P -D",
        "stdbuf": "-i --input -o --output -e --error",
        "exec": "-a",
        "shasum": "-a --algorithm",
        "xargs": "-I --replace -i_ -n --max-args -L --max-lines -P --max-procs -d --delimiter -a --arg-file -E -s "
        "--max-chars",
        "parallel": "-j --jobs -a --arg-file -S --sshlogin -N -n --delay --timeout --joblog -d --delimiter --colsep "
        "-C --tmpdir",
        "watch": "-n --interval -q --equexit",
        "strace": "-e -o -p -s -u -E -a -b -I -O -S -X -P",
        "flock": "-w --timeout -E --conflict-exit-code",
        "script": "-c --command -E --echo -I --log-in -O --log-out -B --log-io -T --log-timing -m -o --output-limit -t",
        "chroot": "--userspec --groups",
        "unshare": "--map-user --map-group --setuid --setgid --root -R --wd -w --propagation",
        "nsenter": "-t --target -S --setuid -G --setgid",
        "systemd-run": "-p --property -u --unit --description --slice -E --setenv -M --machine -H --host --uid --gid "
        "--nice --working-directory --on-calendar --on-boot --on-active --on-startup -d_",
        "runuser": "-u --user -g --group -G --supp-group -s --shell -w",
        "torsocks": "-u -p -P -a",
        "proxychains": "-f",
        "uv": "--with --with-requirements --with-editable --extra --group --python -p --project --directory "
        "--env-file --index-url --default-index --index --from --package --cache-dir -i"
        " --extra-index-url --find-links -f --config-file --color --no-group --only-group",
        "npx": "-p --package -c --call -w --workspace --registry",
        "poetry": "-C --directory -P --project",
        "pipenv": "--python",
        "hatch": "-e --env -p --project",
        "conda": "-n --name -p --prefix --cwd",
        "pipx": "--spec --python --pip-args --index-url",
        "docker": "",
        "find": "",
        "busybox": "",
        "pkexec": "--user",
        "gosu": "",
        "firejail": "",
        "caffeinate": "-t -w",
        "time": "-f --format -o --output",
        "setsid": "",
        "nohup": "",
        "screen": "-S -t -L_ -c -h -p -s -T -e",
        "tmux": "-s -n -c -t -x -y -F -e -L -S -f",
    }.items()
}

SAME_OPTIONS = {
    alias: program
    for program, aliases in {
        "http": "https xh",
        "nc": "ncat netcat nc.traditional nc.openbsd",
        "ssh": "autossh slogin dbclient plink",
        "scp": "pscp",
        "ping": "fping ping6",
        "hping3": "hping",
        "dig": "drill kdig",
        "mail": "mailx s-nail",
        "sendmail": "msmtp",
        "mutt": "neomutt",
        "tar": "bsdtar gtar",
        "grep": "egrep fgrep rg zgrep ag",
        "awk": "gawk mawk nawk",
        "sed": "gsed",
        "head": "ghead",
        "od": "hexdump",
        "base64": "base32 gbase64",
        "jq": "yq",
        "sh": "bash zsh dash ksh ash mksh rbash fish",
        "python": "python2 python3 pypy pypy3",
        "node": "nodejs",
        "timeout": "gtimeout",
        "stdbuf": "gstdbuf",
        "strace": "ltrace",
        "torsocks": "torify tsocks",
        "proxychains": "proxychains4",
        "uv": "uvx",
        "npx": "bunx pnpm yarn bun",
        "conda": "mamba micromamba",
        "busybox": "toybox",
        "setsid": "setpriv",
        "gpg": "gpg2",
    }.items()
    for alias in aliases.split()
}
"""Programs that share the options of another."""
