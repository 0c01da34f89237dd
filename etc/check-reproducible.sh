#!/usr/bin/env bash
# Builds the published artifacts twice, in two directories and two time zones, and compares the bytes.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() {
	mkdir "$work/$1"
	tar -c --exclude=target --exclude=.git . | tar -x -C "$work/$1"
	(cd "$work/$1" && TZ=$2 ./mvnw -q -B -ntp verify -Prelease -Dgpg.skip -Dmaven.test.skip -Dcheckstyle.skip \
		-Dspring-javaformat.skip -pl "$modules")
}

modules=comfydeploy-spring-boot-bom,comfydeploy-spring-boot-autoconfigure,comfydeploy-spring-boot-starter
modules+=,comfydeploy-spring-boot-test
build first UTC
build second Asia/Tokyo

count=0
differences=0
for file in "$work"/first/comfydeploy-*/target/{*.jar,bom.json,bom.xml,published-pom.xml}; do
	count=$((count + 1))
	other=${file/#"$work/first"/"$work/second"}
	if ! cmp "$file" "$other"; then
		differences=$((differences + 1))
	fi
done
echo "$count files compared, $differences differ"
[[ $count -eq 21 && $differences -eq 0 ]]
