#!/usr/bin/env bash
# Made the key stores beside it: a CA, and servers that it signed or did not. Good for 100 years, or expired.
set -euo pipefail
cd "$(dirname "$0")"
rm -f ./*.p12
key() { keytool -genkeypair -keyalg EC -storetype PKCS12 -storepass changeit -keypass changeit "$@"; }
key -alias ca -dname CN=test-ca -ext bc:c -validity 36500 -keystore ca-key.p12
keytool -exportcert -alias ca -keystore ca-key.p12 -storepass changeit -file ca.crt
keytool -importcert -noprompt -alias ca -file ca.crt -storetype PKCS12 -keystore trust.p12 -storepass changeit
server() { # name, subject alternative name, start and validity
	key -alias server -dname "CN=$1" -keystore "$1.p12"
	keytool -certreq -alias server -keystore "$1.p12" -storepass changeit |
		keytool -gencert -alias ca -keystore ca-key.p12 -storepass changeit -ext "$2" "${@:3}" -outfile "$1.crt"
	keytool -importcert -noprompt -alias ca -file ca.crt -keystore "$1.p12" -storepass changeit
	keytool -importcert -alias server -file "$1.crt" -keystore "$1.p12" -storepass changeit
}
server good san=dns:localhost,ip:127.0.0.1 -validity 36500
server wrong-host san=dns:example.org -validity 36500
server expired san=dns:localhost -startdate 2020/01/01 -validity 30
key -alias server -dname CN=localhost -ext san=dns:localhost -validity 36500 -keystore self-signed.p12
rm -f ./*.crt ca-key.p12
