// SPDX-License-Identifier: MPL-2.0

package recordings

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the condensed copies anew")

// The copies in the repository match the original recordings, if those are present.
func TestCondensedCopiesAreFresh(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "..", "..", "shared", "nova-golden")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no recordings of Nova's driver at " + dir)
	}
	fresh, err := json.Marshal(Condense(Folder(t, dir)))
	if err != nil {
		t.Fatal(err)
	}
	fresh = append(bytes.ReplaceAll(fresh, []byte(`},{"name"`), []byte("},\n{\"name\"")), '\n')
	if *update {
		if err := os.WriteFile(filepath.Join("testdata", "recordings.json"), fresh, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(fresh, condensed) {
		t.Error("testdata/recordings.json is stale: go test ./internal/acctest/recordings -update")
	}
}
