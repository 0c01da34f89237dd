#!/usr/bin/env bash
# Builds a new application on two lines of Spring Boot from what README.md shows: the dependencies and the
# method that renders a picture. The application saves a picture that it gets from the fake.
# Arguments go to Maven. Nothing is installed in the local repository.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mvnw=$PWD/mvnw
usual=$HOME/.m2/repository

# The first block of a language in README.md that contains a text
block() {
	awk -v start="\`\`\`$1" -v text="$2" '
		$0 == start { inside = 1; block = ""; next }
		/^```$/ && inside { inside = 0; if (index(block, text)) { printf "%s", block; exit } }
		inside { block = block $0 "\n" }' README.md
}

version() {
	sed -n "s:.*<spring-boot-$1.version>\(.*\)</spring-boot-$1.version>.*:\1:p" pom.xml
}

create() {
	mkdir -p "$1"/src/{main/java/painter,main/resources,test/java/painter}
	cp integration-tests/src/test/resources/text-to-image.json "$1/src/main/resources"
	cat > "$1/pom.xml" <<-END
		<project xmlns="http://maven.apache.org/POM/4.0.0">
		<modelVersion>4.0.0</modelVersion>
		<parent>
		<groupId>org.springframework.boot</groupId>
		<artifactId>spring-boot-starter-parent</artifactId>
		<version>$2</version>
		<relativePath/>
		</parent>
		<groupId>painter</groupId>
		<artifactId>painter</artifactId>
		<version>1</version>
		<dependencies>
		<dependency>
		<groupId>org.springframework.boot</groupId>
		<artifactId>spring-boot-starter</artifactId>
		</dependency>
		<dependency>
		<groupId>org.springframework.boot</groupId>
		<artifactId>spring-boot-starter-test</artifactId>
		<scope>test</scope>
		</dependency>
		$(block xml '<artifactId>comfydeploy-spring-boot-starter</artifactId>')
		</dependencies>
		</project>
	END
	cat > "$1/src/main/java/painter/PainterApplication.java" <<-END
		package painter;

		@org.springframework.boot.autoconfigure.SpringBootApplication
		public class PainterApplication {

		    public static void main(String[] args) {
		        org.springframework.boot.SpringApplication.run(PainterApplication.class, args);
		    }

		}
	END
	cat > "$1/src/main/java/painter/Painter.java" <<-END
		package painter;

		import com.comfydeploy.comfyui.*;
		import com.comfydeploy.lease.*;
		import com.comfydeploy.machine.*;
		import com.comfydeploy.session.*;
		import java.time.Duration;
		import org.springframework.core.io.ClassPathResource;

		@org.springframework.stereotype.Service
		class Painter {

		    private final MachineOperations machines;
		    private final SessionLeases leases;
		    private final ComfyUis comfyUis;

		    Painter(MachineOperations machines, SessionLeases leases, ComfyUis comfyUis) {
		        this.machines = machines;
		        this.leases = leases;
		        this.comfyUis = comfyUis;
		    }

		$(block java 'byte[] paint(')
		}
	END
	cat > "$1/src/test/java/painter/PainterTests.java" <<-END
		package painter;

		import com.comfydeploy.test.autoconfigure.AutoConfigureFakeComfyDeploy;
		import java.nio.file.Files;
		import java.nio.file.Path;
		import org.junit.jupiter.api.Test;
		import org.springframework.beans.factory.annotation.Autowired;
		import org.springframework.boot.test.context.SpringBootTest;

		@SpringBootTest
		@AutoConfigureFakeComfyDeploy
		class PainterTests {

		    @Test
		    void pictureIsSaved(@Autowired Painter painter) throws Exception {
		        Files.write(Path.of("target/picture.png"), painter.paint("fake-machine", "a red bicycle"));
		    }

		}
	END
}

# New artifacts go to a repository of their own, the others are read from the usual one
maven() {
	"$mvnw" "$@" -q -B -ntp -Dmaven.repo.local="$work/local" -Dmaven.repo.local.tail="$usual" \
		-Dmaven.repo.local.tail.ignoreAvailability=true
}

maven "$@" install -Dmaven.test.skip -Dmaven.javadoc.skip -Dmaven.source.skip -Dcheckstyle.skip -Dspring-javaformat.skip \
	-pl comfydeploy-spring-boot-bom,comfydeploy-spring-boot-starter,comfydeploy-spring-boot-test -am
for line in 3.5 4.1; do
	create "$work/$line" "$(version "$line")"
	maven "$@" verify -f "$work/$line/pom.xml"
	picture=$work/$line/target/picture.png
	if [[ $(od -An -tx1 -N8 "$picture" | tr -d ' ') != 89504e470d0a1a0a ]]; then
		echo "On Spring Boot $(version "$line"), $picture is no PNG" >&2
		exit 1
	fi
	echo "On Spring Boot $(version "$line"), a new application saved a PNG of $(wc -c < "$picture") bytes"
done
