// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// inTheGallery is the configuration whose plans the gallery shows.
const inTheGallery = `
resource "novasphere_compute_flavor" "size" {
  for_each = { "m1.small" = 4096, "m1.large" = 8192 }

  name  = each.key
  vcpus = each.value / 2048
  ram   = each.value
  disk  = 20
}

resource "novasphere_compute_instance" "web" {
  name        = "web"
  flavor_name = novasphere_compute_flavor.size["m1.small"].name
  image_name  = "debian-12"

  network {
    name = "public"
  }
}
`

// TestAccGalleryShowsPlans: the warning and the error of the gallery are what the CLI prints.
func TestAccGalleryShowsPlans(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ws := vc.NewWorkspace(t, vc.Wire(t), inTheGallery)
	page, err := os.ReadFile(filepath.Join(root, "templates", "guides", "gallery.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), strings.TrimSpace(inTheGallery)) {
		t.Errorf("the gallery does not show the configuration:\n%s", inTheGallery)
	}
	ws.Apply()
	ws.Configure(strings.Replace(inTheGallery, `["m1.small"].name`, `["m1.large"].name`, 1))
	said, err := ws.Run("plan", "-no-color", "-input=false")
	shows(t, string(page), "Warning: The instance will be shut down", said)
	if err != nil {
		t.Error(err)
	}
	ws.Configure(strings.Replace(inTheGallery, `"debian-12"`, `"debain-12"`, 1))
	said, err = ws.Run("plan", "-no-color", "-input=false")
	shows(t, string(page), "Error: ", said)
	if err == nil {
		t.Error("a wrong image is planned")
	}
}

// shows fails the test where a page lacks what a command printed from a title on.
func shows(t *testing.T, page, title, said string) {
	t.Helper()
	_, rest, found := strings.Cut(said, title)
	text := strings.TrimSpace(title + rest)
	if !found || !strings.Contains(page, text) {
		t.Errorf("the gallery does not show this:\n%s\nof\n%s", text, said)
	}
}
