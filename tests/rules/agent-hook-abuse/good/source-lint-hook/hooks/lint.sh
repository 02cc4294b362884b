#!/usr/bin/env bash
npx --no-install eslint --fix .
