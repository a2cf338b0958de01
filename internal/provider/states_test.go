// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/released"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// statesWritten holds a state of each resource with each version of its schema, in the form of a state file: the type and the version are
// in the file's name.
const (
	statesWritten = "testdata/states"
	recordStates  = "UPDATE_STATES=1 go run ./internal/cmd/acc go test ./internal/provider -run TestStatesOfEveryVersion"
)

var stateFileName = regexp.MustCompile(`^(novasphere_\w+)\.v(\d+)\.json$`)

// TestStatesOfEveryVersion sends the states that were written with each version of each schema through the provider's upgrade, and gets
// them back whole. UPDATE_STATES=1 writes those that are missing from what the examples make.
func TestStatesOfEveryVersion(t *testing.T) {
	t.Parallel()
	p := protocol.New(t, acctest.Factories["novasphere"])
	present := schemas(t)
	for kind, schema := range present.ResourceSchemas {
		if example := exampleOf(kind); refusal(t, example) != "" {
			continue // it has no state
		}
		for version := range schema.Version + 1 {
			t.Run(fmt.Sprintf("%s.v%d", kind, version), func(t *testing.T) {
				t.Parallel()
				file := filepath.Join(statesWritten, fmt.Sprintf("%s.v%d.json", kind, version))
				if version == schema.Version && os.Getenv("UPDATE_STATES") != "" {
					writeState(t, file, kind)
				}
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatalf("no state of version %d is kept, so nobody knows whether it can still be read: %s", version, recordStates)
				}
				comesBack(t, p, kind, version, text)
			})
		}
	}
	files, err := os.ReadDir(statesWritten)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := stateFileName.FindStringSubmatch(file.Name())
		if name == nil || unknownState(present, name[1], name[2]) {
			t.Errorf("%s/%s is no state of a resource that there is: a release that took one away broke its states", statesWritten, file.Name())
		}
	}
}

// unknownState reports whether there is no such resource, or no such version of its schema.
func unknownState(present *tfprotov6.GetProviderSchemaResponse, kind, version string) bool {
	schema, n := present.ResourceSchemas[kind], 0
	if _, err := fmt.Sscan(version, &n); err != nil || schema == nil {
		return true
	}
	return int64(n) > schema.Version
}

func exampleOf(kind string) string {
	return filepath.Join(root, "examples", "resources", kind, "resource.tf")
}

// comesBack upgrades a state, and compares what comes back with what was written.
func comesBack(t *testing.T, p *protocol.Provider, kind string, version int64, text []byte) {
	t.Helper()
	now, said := p.Upgrade(kind, version, text)
	if len(said) > 0 {
		t.Fatalf("a state of version %d is refused: %v", version, said)
	}
	for _, what := range missing(decoded(t, text), now.Stored()) {
		t.Errorf("a state of version %d: %s", version, what)
	}
}

// missing returns what of a written state is not in the present one, sorted. A null may have become anything, and what is new is null or
// empty, so that the first plan computes it.
func missing(was, now map[string]any) (out []string) {
	for name, value := range was {
		is, known := now[name]
		switch {
		case !known && value != nil:
			out = append(out, fmt.Sprintf("%s was %v, and there is no such attribute", name, value))
		case known && value != nil && !keeps(is, value):
			out = append(out, fmt.Sprintf("%s was %v, and is %v", name, value, is))
		}
	}
	slices.Sort(out)
	return out
}

// keeps reports whether a present value is one that was written: blocks may have got arguments, which are null.
func keeps(is, was any) bool {
	switch was := was.(type) {
	case []any:
		now, list := is.([]any)
		return list && slices.EqualFunc(now, was, keeps)
	case map[string]any:
		now, object := is.(map[string]any)
		for name, value := range now {
			if _, old := was[name]; !old && value != nil {
				return false
			}
		}
		return object && len(missing(was, now)) == 0
	}
	return reflect.DeepEqual(is, was)
}

// decoded reads JSON without rounding its numbers.
func decoded(t *testing.T, text []byte) (out map[string]any) {
	t.Helper()
	from := json.NewDecoder(bytes.NewReader(text))
	from.UseNumber()
	if err := from.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// writeState applies a resource's example, and writes the state that it leaves. A file of a schema that is released stays as it is.
func writeState(t *testing.T, file, kind string) {
	t.Helper()
	if text, err := os.ReadFile(schemasReleased); err == nil {
		record, err := released.Parse(string(text))
		if _, missing := os.Stat(file); err == nil && missing == nil && record.Made() {
			return
		}
	}
	vc := acctest.Start(t, vcsim.Options{})
	ws := vc.NewWorkspace(t, vc.Wire(t), configuration(t, exampleOf(kind)))
	ws.Apply()
	var state struct {
		Resources []struct {
			Mode, Type string
			Instances  []struct{ Attributes json.RawMessage }
		}
	}
	text, err := os.ReadFile(ws.StateFile())
	if err == nil {
		err = json.Unmarshal(text, &state)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range state.Resources {
		if r.Mode != "managed" || r.Type != kind {
			continue
		}
		var out bytes.Buffer
		dir, err := filepath.Abs(filepath.Dir(exampleOf(kind)))
		if err == nil {
			err = json.Indent(&out, bytes.ReplaceAll(r.Instances[0].Attributes, []byte(filepath.ToSlash(dir)), []byte(".")), "", "  ")
		}
		if err == nil {
			err = os.WriteFile(file, append(out.Bytes(), '\n'), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("its example makes no %s", kind)
}

// TestMissingOfAState shows which differences TestStatesOfEveryVersion finds.
func TestMissingOfAState(t *testing.T) {
	t.Parallel()
	was := map[string]any{"name": "a", "size": json.Number("1"), "tags": []any{"x"}, "nothing": nil}
	for text, want := range map[string]string{
		`{"name": "a", "size": 1, "tags": ["x"], "nothing": "now", "more": null}`: "",
		`{"size": 1, "tags": ["x"]}`:                      "name was a, and there is no such attribute",
		`{"name": "b", "size": 1, "tags": ["x"]}`:         "name was a, and is b",
		`{"name": "a", "size": 2, "tags": ["x"]}`:         "size was 1, and is 2",
		`{"name": "a", "size": null, "tags": ["x", "y"]}`: "size was 1, and is <nil>; tags was [x], and is [x y]",
		`{"name": "a", "size": 1}`:                        "tags was [x], and there is no such attribute",
	} {
		if got := strings.Join(missing(was, decoded(t, []byte(text))), "; "); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
