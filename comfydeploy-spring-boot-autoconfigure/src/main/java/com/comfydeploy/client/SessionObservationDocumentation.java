package com.comfydeploy.client;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * Documented observations of session calls.
 */
enum SessionObservationDocumentation implements ObservationDocumentation {

	/**
	 * One logical call, including its retries.
	 */
	OPERATION {

		@Override
		public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
			return DefaultSessionObservationConvention.class;
		}

		@Override
		public KeyName[] getLowCardinalityKeyNames() {
			return LowCardinalityKeyNames.values();
		}

	};

	enum LowCardinalityKeyNames implements KeyName {

		/**
		 * Name of the operation.
		 */
		OPERATION {
			@Override
			public String asString() {
				return "operation";
			}
		},

		/**
		 * Outcome of the call: SUCCESS, REDIRECTION, CLIENT_ERROR, SERVER_ERROR or
		 * UNKNOWN.
		 */
		OUTCOME {
			@Override
			public String asString() {
				return "outcome";
			}
		},

		/**
		 * HTTP status code of the last attempt, or none.
		 */
		STATUS {
			@Override
			public String asString() {
				return "status";
			}
		},

		/**
		 * Simple name of the exception thrown, or none.
		 */
		EXCEPTION {
			@Override
			public String asString() {
				return "exception";
			}
		}

	}

}
