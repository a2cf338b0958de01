// SPDX-License-Identifier: MPL-2.0

package cloudinit

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"testing"
)

//go:embed schema.py
var schema string

// Checked is what cloud-init makes of configurations: the keys of the first level that it knows, and what it reads.
type Checked struct {
	Keys []string `json:"keys"`
	Read []Config `json:"read"`
}

// Config is a configuration as cloud-init reads it. Error is what its schema says of it, empty where nothing is wrong.
type Config struct {
	Value any    `json:"value"`
	Error string `json:"error"`
}

// Check runs cloud-init on the texts of configurations.
func Check(t testing.TB, texts ...string) (checked Checked) {
	t.Helper()
	Need(t)
	in, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	run := python(t.Context(), "-c", schema)
	run.Stdin = bytes.NewReader(in)
	var wrong bytes.Buffer
	run.Stderr = &wrong
	out, err := run.Output()
	if err != nil {
		t.Fatalf("cloud-init fails: %v\n%s", err, wrong.String())
	}
	if err := json.Unmarshal(out, &checked); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return checked
}
