// SPDX-License-Identifier: MPL-2.0

package novasim

import "testing"

// TestCertified: the certificate is valid for the loopback interface only; elsewhere the environment turns verification off.
func TestCertified(t *testing.T) {
	t.Parallel()
	for server, want := range map[string]bool{"127.0.0.1:8989": true, "localhost:1": true, "[::1]:1": true, "0.0.0.0:8989": false,
		"192.0.2.1:1": false} {
		if certified(server) != want {
			t.Errorf("%s: %v", server, !want)
		}
	}
}
