// SPDX-License-Identifier: MPL-2.0

package session

import (
	"encoding/xml"
	"testing"
)

// TestAnnouncedVersion: the newest number of vim25 is taken, not another namespace's or a development build's name.
func TestAnnouncedVersion(t *testing.T) {
	t.Parallel()
	const vsan = `<namespace><name>urn:vsan</name><version>9.9.9.9</version></namespace>`
	for want, text := range map[string]string{
		"8.0.3.0": `<namespace><name>urn:vim25</name><version>8.0.3.0</version>` +
			`<priorVersions><version>8.0.2.0</version></priorVersions></namespace>` +
			vsan,
		"8.0.2.0": `<namespace><name>urn:vim25</name><version>uA046D008</version>` +
			`<priorVersions><version>7.0.3.2</version><version>8.0.2.0</version><version>u12</version></priorVersions></namespace>`,
		"8.0.1.0": vsan + `<namespace><name>urn:vim25</name><version> 8.0.1.0 </version></namespace>`,
		"":        `<namespace><name>urn:vim25</name><version>uA046D008</version></namespace>` + vsan,
	} {
		var a announcement
		if err := xml.Unmarshal([]byte(`<?xml version="1.0"?><namespaces version="1.0">`+text+`</namespaces>`), &a); err != nil {
			t.Fatal(err)
		}
		if got := a.version(); got != want {
			t.Errorf("%q, want %q, of %s", got, want, text)
		}
	}
}

func TestOlderVersion(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		have, want string
		older      bool
	}{
		{"6.7.3", "7.0", true}, {"7.0", "7.0", false}, {"7.0.0.0", "7.0", false}, {"8.0.3.0", "7.0", false}, {"8", "8.0.1", true},
		{"10.0", "9.1", false}, {"", "7.0", true}, {"7.0", "7.0.0.1", true},
		{"none", "7.0", true}, {"8.0", "none", false}, {"7.0.0.2", "7.0.0.10", true},
	} {
		if got := OlderVersion(test.have, test.want); got != test.older {
			t.Errorf("%q older than %q: %t", test.have, test.want, got)
		}
	}
}
