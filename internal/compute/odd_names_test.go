// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccNamesThatAreKeptEscaped: vCenter escapes a slash, a backslash and a percent sign in names, and configuration and state use the
// plain name.
func TestAccNamesThatAreKeptEscaped(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	client, finder := vc.Client().Client, find.NewFinder(vc.Client().Client)
	pools, err := finder.ResourcePoolList(t.Context(), "/dc1/host/*/Resources")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := pools[0].Create(t.Context(), "p%2fq", types.DefaultResourceConfigSpec())
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := finder.ClusterComputeResource(t.Context(), "/dc1/host/compute")
	if err != nil {
		t.Fatal(err)
	}
	image, network := machine(vc, "images/debian-12"), vc.Portgroup("public").Self
	for _, one := range []struct {
		object types.ManagedObjectReference
		name   string
	}{{cluster.Reference(), "c/1"}, {image.Reference(), `img\50%`}, {network, "net/1"}} {
		by(t, func(ctx context.Context) (*object.Task, error) {
			return object.NewCommon(client, one.object).Rename(ctx, one.name)
		})
	}
	provider := vc.Provider(t, map[string]any{"resource_pool": "p/q", "cluster": "c/1", "folder": "f%2/g"})
	little(provider)
	made := provider.Bring(instanceKind, map[string]any{"name": "a/b", "flavor_name": "m1.small", "image_name": `img\50%`,
		"network": []any{map[string]any{"name": "net/1"}}}, protocol.Object{})
	all := vc.VMs("f%252/g/*")
	if len(all) != 1 || *all[0].ResourcePool != pool.Reference() || all[0].Name != "a%2fb" {
		t.Fatalf("the machines are %v", all)
	}
	if made.Text("name") != "a/b" || made.Text("image_name") != `img\50%` {
		t.Errorf("the state says %s of %s", made.Text("name"), made.Text("image_name"))
	}
	now, heard := provider.Read(made)
	if len(heard) > 0 || now.Text("name") != "a/b" {
		t.Errorf("read again it is %s, heard %v", now.Text("name"), heard)
	}
	again := vc.Provider(t, map[string]any{"resource_pool": "p%2fq", "cluster": "c%2f1"})
	if heard := again.Plan(instanceKind, wish(map[string]any{"name": "w", "image_name": `img\50%`}),
		protocol.Object{}).Errors(); len(heard) > 0 {
		t.Errorf("as vCenter keeps them: heard %v", heard)
	}
	if found, heard := again.Query("novasphere_compute_hypervisors", map[string]any{"cluster": "c/1", "level": "host"}); len(heard) > 0 ||
		found["hypervisors"].IsNull() {
		t.Errorf("the hosts of the cluster: heard %v", heard)
	}
	provider.Destroy(now)
}
