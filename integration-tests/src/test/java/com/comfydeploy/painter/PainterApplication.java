package com.comfydeploy.painter;

import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * A new application: what start.spring.io makes, with the starter.
 */
@SpringBootApplication
class PainterApplication {

}
