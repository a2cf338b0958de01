// SPDX-License-Identifier: MPL-2.0

package vmspec_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

const novas = "name:web: 1\nuserid:u\nusername:demo\nprojectid:p\nprojectname:demo\nflavor:name:m1:small\nflavor:memory_mb:2048\n" +
	"flavor:vcpus:2\nflavor:ephemeral_gb:10\nflavor:root_gb:20\nflavor:swap:512\nimageid:b0000000-0000-4000-8000-000000000001\n" +
	"package:26.2.2\n"

func TestReadAnnotation(t *testing.T) {
	t.Parallel()
	whole := vmspec.Annotation{Name: "web: 1", ImageID: "b0000000-0000-4000-8000-000000000001", Sized: true,
		Flavor: openstack.Flavor{Name: "m1:small", RAM: 2048, VCPUs: 2, Ephemeral: 10, Disk: 20, Swap: 512}}
	with := func(change func(a *vmspec.Annotation)) vmspec.Annotation {
		a := whole
		change(&a)
		return a
	}
	for name, c := range map[string]struct {
		text string
		want vmspec.Annotation
	}{
		"as Nova writes it":       {novas, whole},
		"with DOS line ends":      {strings.ReplaceAll(novas, "\n", "\r\n"), whole},
		"before somebody's notes": {novas + "name:other\nflavor:vcpus:64\nimageid:\nBitte nicht löschen: wichtig\n", whole},
		"without a name":          {strings.Replace(novas, "web: 1", "None", 1), with(func(a *vmspec.Annotation) { a.Name = "" })},
		"of another language":     {"Веб-сервер: не удалять\nflavor\nflavor:\nflavor:memory_mb\n:::\n", vmspec.Annotation{}},
		"of nothing":              {"", vmspec.Annotation{}},
		"with a size that is none": {strings.Replace(novas, "vcpus:2", "vcpus:two", 1), with(func(a *vmspec.Annotation) {
			a.Sized, a.Flavor.VCPUs = false, 0
		})},
		"with a size beyond all": {strings.Replace(novas, "root_gb:20", "root_gb:-1", 1), with(func(a *vmspec.Annotation) {
			a.Sized, a.Flavor.Disk = false, 0
		})},
		"without a size": {strings.Replace(novas, "flavor:swap:512\n", "", 1), with(func(a *vmspec.Annotation) {
			a.Sized, a.Flavor.Swap = false, 0
		})},
	} {
		if have := vmspec.ReadAnnotation(c.text); !reflect.DeepEqual(have, c.want) {
			t.Errorf("%s: %+v, not %+v", name, have, c.want)
		}
	}
}

// TestAnnotationOfOurs reads back what was written.
func TestAnnotationOfOurs(t *testing.T) {
	t.Parallel()
	flavor := openstack.Flavor{Name: "m1.small", RAM: 2048, VCPUs: 2, Ephemeral: 1, Disk: 20, Swap: 64}
	spec, _, err := vmspec.Desired(vmspec.Instance{ID: "i", Name: "web", ImageID: "image", Flavor: flavor})
	if err != nil {
		t.Fatal(err)
	}
	if have, want := vmspec.ReadAnnotation(spec.Annotation), (vmspec.Annotation{Name: "web", ImageID: "image", Flavor: flavor,
		Sized: true}); !reflect.DeepEqual(have, want) {
		t.Errorf("%+v, not %+v", have, want)
	}
}
