package faults_test

import (
	"fmt"
	"path/filepath"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// imageNouns returns images in each of the ways into a vCenter.
func imageNouns() []*faults.Noun {
	file, err := filepath.Abs("../../../examples/resources/novasphere_images_image/disk.qcow2")
	if err != nil {
		panic(err) // there is no working directory
	}
	image := func(name, more string) string {
		return named("images_image", name, fmt.Sprintf("  container_format = \"bare\"\n  disk_format = \"qcow2\"\n  local_file_path = %q\n%s",
			filepath.ToSlash(file), more))
	}
	const changed = "  tags = [\"a\"]\n  min_disk_gb = 2\n"
	library := fmt.Sprintf("  storage = \"content_library\"\n  library = %q\n", vcsim.LibraryName)
	return []*faults.Noun{
		{Name: "image", Create: image("debian", ""), Update: image("debian-2", changed)},
		{Name: "image through the vCenter", Create: image("debian", "  upload_via = \"vcenter\"\n")},
		{Name: "image in a library", Create: image("debian", library), Update: image("debian-2", library+changed)},
	}
}
