// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"path/filepath"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// imageLives are the lives of the image service.
var imageLives = []life{
	{noun: "images_image", stages: []string{imageNamed("p-1", "hidden = true"), imageNamed("p-2", "tags = [\"a\"]")}},
	{noun: "images_image", feature: "`upload_via = \"vcenter\"`", stages: []string{imageNamed("p-1", "upload_via = \"vcenter\"")}},
	{noun: "images_image", feature: inLibrary, stages: []string{imageNamed("p-1", stored), imageNamed("p-2", stored)}},
	{noun: "images_image", feature: "`disk_format = \"iso\"`", stages: []string{installer("it", "p-1", ""), installer("it", "p-2", "")}},
	{noun: "compute_instance", feature: "an ISO image", before: func(l *laboratory) {
		l.t.Helper()
		l.admin("", twoFlavors+installer("a", "p-template", "")+installer("b", "p-item", stored))
	}, stages: []string{server("p.small", "p-template", onPublic), server("p.small", "p-item", onPublic)}},
}

// installer returns an ISO image of a name with one more argument.
func installer(address, name, argument string) string {
	at, err := filepath.Abs(filepath.Join(root, "internal", "acctest", "testdata", "install.iso"))
	if err != nil {
		panic(err) // there is no working directory
	}
	return fmt.Sprintf("resource \"novasphere_images_image\" %q {\n  name = %q\n  container_format = \"bare\"\n  disk_format = \"iso\"\n"+
		"  local_file_path = %q\n  %s\n}\n", address, name, filepath.ToSlash(at), argument)
}

const inLibrary = "`storage = \"content_library\"`"

var stored = fmt.Sprintf("storage = \"content_library\"\n  library = %q", vcsim.LibraryName)

// exampleImage returns the path of the qcow2 image that an example is made of.
func exampleImage() string {
	at, err := filepath.Abs(filepath.Join(root, "examples", "resources", "novasphere_images_image", "disk.qcow2"))
	if err != nil {
		panic(err) // there is no working directory
	}
	return filepath.ToSlash(at)
}

// imageNamed returns an image of a name with one more argument.
func imageNamed(name, argument string) string {
	return fmt.Sprintf("resource \"novasphere_images_image\" \"it\" {\n  name = %q\n  container_format = \"bare\"\n  disk_format = "+
		"\"qcow2\"\n"+
		"  local_file_path = %q\n  %s\n}\n", name, exampleImage(), argument)
}

// imageOfExample returns the configuration of an image with further arguments.
func imageOfExample(more map[string]any) map[string]any {
	config := map[string]any{"name": "twin", "container_format": "bare", "disk_format": "qcow2", "local_file_path": exampleImage()}
	maps.Copy(config, more)
	return config
}
