// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"slices"
	"strings"
)

// sdkLogs are the variables that the SDK reads its log levels from. Those of its parts, TF_LOG_SDK_PROTO and TF_LOG_SDK_FRAMEWORK, go
// before TF_LOG_SDK and are the user's alone.
var sdkLogs = []string{"TF_LOG_SDK", "TF_LOG_PROVIDER_NOVASPHERE"}

// logLevels are Terraform's.
var logLevels = []string{"trace", "debug", "info", "warn", "error", "off"}

// quietLogs keeps the SDK from writing log lines that Terraform drops: on its own it writes every one, and a plan spends a third of its
// time on them. What the user has set stays as it is.
func quietLogs() {
	for _, name := range sdkLogs {
		if os.Getenv(name) == "" {
			_ = os.Setenv(name, wantedLevel(os.Getenv)) // the names are valid
		}
	}
}

// wantedLevel is the level at which Terraform shows a provider's log: JSON, and a word that it does not know, mean everything.
func wantedLevel(env func(string) string) string {
	for _, name := range []string{"TF_LOG_PROVIDER", "TF_LOG"} {
		if level := strings.ToLower(env(name)); slices.Contains(logLevels, level) {
			return level
		} else if level != "" {
			return "trace"
		}
	}
	return "off"
}
