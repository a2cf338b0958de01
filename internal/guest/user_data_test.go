// SPDX-License-Identifier: MPL-2.0

package guest

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestDecodeUserData(t *testing.T) {
	t.Parallel()
	plain := "#!/bin/sh\necho hallo\n"
	packed := pack(plain)
	for name, c := range map[string][2]string{
		"plain":             {plain, plain},
		"base64":            {base64.StdEncoding.EncodeToString([]byte(plain)), plain},
		"empty":             {"", ""},
		"a word, no base64": {"hello", "hello"},
		"wrapped base64": {base64.StdEncoding.EncodeToString([]byte(plain))[:8] + "\n" +
			base64.StdEncoding.EncodeToString([]byte(plain))[8:], plain},
		"cloud-config comment": {"#cloud-config\n", "#cloud-config\n"},
		"base64 of no text":    {"abcd", "abcd"},
		"base64 of a picture":  {"iVBORw0KGgoAAAANSUhEUgAA", "iVBORw0KGgoAAAANSUhEUgAA"},
	} {
		if got := DecodeUserData(c[0]); got != c[1] {
			t.Errorf("%s: %q", name, got)
		}
	}
	// data that came compressed is not compressed again
	keys, err := Guestinfo(CloudInit{UserData: DecodeUserData(packed)})
	if err != nil || keys["guestinfo.userdata"] != packed {
		t.Errorf("%v %v", keys, err)
	}
}

// TestUnreadableUserData: data that begins like gzip and cannot be read is refused.
func TestUnreadableUserData(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		string(gzipMagic) + "broken":     "cannot be decompressed",
		packed(t, "\xff\xfe binary\x00"): "is no text",
	} {
		if _, err := UserDataKeys(data); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "user_data") {
			t.Errorf("%q: %v", want, err)
		}
	}
	if _, err := UserDataKeys(packed(t, "#cloud-config\n")); err != nil {
		t.Error(err)
	}
}

// packed compresses a text with gzip.
func packed(t *testing.T, text string) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(pack(text))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestWritesFiles detects user data that has its own list of files.
func TestWritesFiles(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]bool{"#!/bin/sh\ncurl http://169.254.169.254/latest/meta-data/": true,
		packed(t, "#!/bin/sh\ncurl 169.254.169.254"): true, "#!/bin/sh\ncurl http://169.254.1.1": false} {
		if got := AsksMetadataService(data); got != want {
			t.Errorf("%q: %v", data, got)
		}
	}
	for data, want := range map[string]bool{"#cloud-config\nwrite_files:\n- path: /a": true, `#cloud-config` + "\n" +
		`{"a": 1, "write_files": []}`: true, "#!/bin/sh\necho write_files:": false,
		"#cloud-config\npackages: [a]": false, packed(t, "#cloud-config\nwrite_files: []"): true} {
		if got := WritesFiles(data); got != want {
			t.Errorf("%q: %t", data, got)
		}
	}
}
