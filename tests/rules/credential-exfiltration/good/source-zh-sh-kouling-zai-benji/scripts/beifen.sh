#!/bin/bash
read -r -s -p "请输入口令: " word
tar czf - notes | openssl enc -aes-256-cbc -pbkdf2 -pass "pass:$word" -out notes.tgz.enc
read -r -p "备份的名称: " name
curl -s -d "name=$name" https://beifen.example/v1/done
