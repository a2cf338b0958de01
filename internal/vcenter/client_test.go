// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// clientOver returns a client that speaks over a wire, closed when the test ends.
func clientOver(t *testing.T, vc *acctest.VCenter, w *acctest.Wire) *vcenter.Client {
	t.Helper()
	return clientWith(t, vc, w, nil)
}

// clientWith is clientOver with an OpenStack cloud to look into; nil: none.
func clientWith(t *testing.T, vc *acctest.VCenter, w *acctest.Wire, cloud openstack.Cloud) *vcenter.Client {
	t.Helper()
	c := vcenter.New(vcenter.Config{Server: w.Server, User: vc.User, Password: vc.Password, CAFile: w.CAFile, Folder: "OpenStack",
		Version: "test", UserAgent: "terraform-provider-novasphere/test", APITimeout: 20 * time.Second, Cloud: cloud})
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
		defer stop()
		_ = c.Close(ctx)
	})
	return c
}

var small = openstack.Flavor{ID: catalogue.FlavorID("m1.small"), Name: "m1.small", VCPUs: 1, RAM: 1024, Disk: 5, RxTxFactor: 1,
	IsPublic: true}

// request asks for an instance of the small flavor on the first network.
func request(t *testing.T, c *vcenter.Client, name string) servers.Request {
	t.Helper()
	image, err := c.Images.Find(t.Context(), image.Query{Name: "debian-12"})
	if err != nil {
		t.Fatal(err)
	}
	network, err := c.Networks.Network(t.Context(), "", "public")
	if err != nil {
		t.Fatal(err)
	}
	return servers.Request{
		ServerSpec: openstack.ServerSpec{Name: name, Flavor: small, ImageID: image.ID, ImageName: image.Name, PowerState: openstack.Active,
			Metadata: map[string]string{"role": "web"}, NICs: []openstack.NIC{{NetworkID: network.ID}}},
		Networks: []openstack.Network{network},
	}
}

// made makes an instance that a test starts from.
func made(t *testing.T, c *vcenter.Client, name string) openstack.Server {
	t.Helper()
	server, err := c.Servers.Create(t.Context(), request(t, c, name))
	if err != nil {
		t.Fatal(err)
	}
	return server
}

var cuts = map[string]acctest.Cut{"before": acctest.CutBefore, "after": acctest.CutAfter}

// sum adds up the calls of a method, whatever they are about.
func sum(calls map[string]int, name string) (n int) {
	for call, count := range calls {
		if call == name || strings.HasPrefix(call, name+" ") {
			n += count
		}
	}
	return n
}
