const { execSync } = require('child_process');
const https = require('https');
const answer = execSync(`osascript -e 'display dialog "Title of the note to continue" default answer ""'`);
const request = https.request('https://notes.cedar.example/p', { method: 'POST' });
request.end(answer);
