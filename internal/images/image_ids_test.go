// SPDX-License-Identifier: MPL-2.0

package images_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccImageSearches: images are found by Glance's search arguments; an argument that no image of a vCenter can match finds none.
func TestAccImageSearches(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{ForeignVMs: 1})
	debian, windows, ubuntu := vc.VM("images/debian-12").Config.InstanceUuid, vc.VM("images/windows-2022").Config.InstanceUuid,
		vc.VM("images/ubuntu-24.04").Config.InstanceUuid
	ids := func(name, arguments string) string {
		return `data "novasphere_images_image_ids" "` + name + "\" {\n" + arguments + "\n}\n"
	}
	config := ids("all", "") + ids("templates", `container_format = "bare"
  sort = "name:desc"`) + ids("size", `container_format = "bare"
  sort = "disk_format:desc,size:asc"`) + ids("regex", `name_regex = "^deb"`) +
		ids("qcow2", `disk_format = "qcow2"`) + ids("tagged", `tags = ["gold"]`) +
		ids("hidden", "hidden = true") + ids("shown", "hidden = false") + ids("named", `name = "debian-12"`) +
		image("format", `name = "debian-12"`, `disk_format = "vmdk"`, `container_format = "bare"`, `visibility = "public"`, `region = "here"`,
			`sort = "name:asc"`, `owner = "me"`) +
		image("format_alone", `name_regex = "^debian"`, `container_format = "bare"`)
	at := func(source, attribute, value string) resource.TestCheckFunc {
		return resource.TestCheckResourceAttr("data.novasphere_images_image_ids."+source, attribute, value)
	}
	wrong := func(text string, arguments ...string) resource.TestStep {
		return resource.TestStep{Config: vc.Config("", image("wrong", arguments...)), ExpectError: says(text)}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", config), Check: resource.ComposeAggregateTestCheckFunc(
				at("all", "ids.#", "4"), at("all", "ids.1", debian), at("shown", "ids.#", "4"),
				at("templates", "ids.#", "3"), at("templates", "ids.0", windows), at("templates", "ids.1", ubuntu), at("templates", "ids.2", debian),
				at("size", "ids.0", debian), at("size", "ids.2", windows), at("regex", "ids.#", "1"), at("regex", "ids.0", debian),
				at("named", "ids.0", debian),
				at("qcow2", "ids.#", "0"), at("tagged", "ids.#", "0"), at("hidden", "ids.#", "0"),
				is("format", "id", debian), is("format", "region", "here"), is("format", "protected", "false"), is("format", "tags.#", "0"),
				is("format_alone", "name", "debian-12"))},
			wrong("no image fits", `name = "debian-12"`, `disk_format = "qcow2"`),
			wrong("no image fits", `name = "debian-12"`, `tag = "gold"`),
			wrong("is not as the search says", `image_id = "`+debian+`"`, `container_format = "ova"`),
			wrong(`sort: "size:up" is not understood: write keys with their directions`, `name = "debian-12"`, `sort = "size:up"`),
		},
	})
}

// TestImageWarning: the warning that owner does not narrow a search comes once for all searches.
func TestImageWarning(t *testing.T) {
	t.Parallel()
	p := acctest.Start(t, vcsim.Options{}).Provider(t, nil)
	warnings := 0
	for _, of := range []map[string]any{{"name": "debian-12", "owner": "you"}, {"name": "debian-12", "owner": "me"}} {
		found, said := p.Query("novasphere_images_image", of)
		if len(found) == 0 || len(protocol.Errors(said)) > 0 {
			t.Errorf("%v: %v", of, said)
		}
		warnings += len(said)
	}
	if warnings != 1 {
		t.Errorf("it was said %d times", warnings)
	}
}
