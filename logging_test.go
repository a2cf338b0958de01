// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"testing"
)

func TestWantedLevel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ provider, log, want string }{
		{"", "", "off"}, {"", "TRACE", "trace"}, {"", "debug", "debug"}, {"", "OFF", "off"}, {"", "JSON", "trace"}, {"", "loud", "trace"},
		{"WARN", "TRACE", "warn"}, {"off", "TRACE", "off"}, {"JSON", "", "trace"},
	} {
		env := map[string]string{"TF_LOG_PROVIDER": c.provider, "TF_LOG": c.log}
		if have := wantedLevel(func(name string) string { return env[name] }); have != c.want {
			t.Errorf("TF_LOG_PROVIDER=%s TF_LOG=%s: %s, not %s", c.provider, c.log, have, c.want)
		}
	}
}

func TestQuietLogs(t *testing.T) { //nolint:paralleltest // it sets environment variables
	t.Setenv("TF_LOG", "debug")
	t.Setenv("TF_LOG_PROVIDER", "")
	t.Setenv("TF_LOG_SDK", "info")
	t.Setenv("TF_LOG_PROVIDER_NOVASPHERE", "")
	quietLogs()
	if sdk, own := os.Getenv("TF_LOG_SDK"), os.Getenv("TF_LOG_PROVIDER_NOVASPHERE"); sdk != "info" || own != "debug" {
		t.Errorf("TF_LOG_SDK=%s TF_LOG_PROVIDER_NOVASPHERE=%s", sdk, own)
	}
}
