// SPDX-License-Identifier: MPL-2.0

package images_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const kindOfImage = "novasphere_images_image"

// lab is a vCenter, a provider, and a folder of files.
type lab struct {
	*testing.T
	vc *acctest.VCenter
	*protocol.Provider
	folder string
}

func labOf(t *testing.T) *lab {
	t.Helper()
	vc := acctest.Start(t, vcsim.Options{})
	return &lab{t, vc, vc.Provider(t, nil), t.TempDir()}
}

// file makes a file that begins with a text and has a size, and returns its path.
func (l *lab) file(name, begins string, size int64) string {
	l.Helper()
	at := filepath.Join(l.folder, name)
	err := os.WriteFile(at, []byte(begins), 0o600)
	if err == nil {
		err = os.Truncate(at, size)
	}
	if err != nil {
		l.Fatal(err)
	}
	return at
}

// asked is a configuration of a raw image of a file with further arguments; nil takes one away.
func asked(file string, more map[string]any) map[string]any {
	config := map[string]any{"name": "debian", "disk_format": "raw", "container_format": "bare", "local_file_path": file}
	maps.Copy(config, more)
	maps.DeleteFunc(config, func(_ string, value any) bool { return value == nil })
	return config
}

// refused fails the test unless a plan reports one error at an attribute with a text.
func (l *lab) refused(config map[string]any, prior protocol.Object, attribute, text string) {
	l.Helper()
	errors := l.Plan(kindOfImage, config, prior).Errors()
	if said := fmt.Sprint(errors); len(errors) != 1 || !strings.Contains(said, text) || errors[0].Attribute != attribute {
		l.Errorf("%v: the plan says %v, and not %q at %s", config, said, text, attribute)
	}
}
