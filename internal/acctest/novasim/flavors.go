// SPDX-License-Identifier: MPL-2.0

package novasim

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
)

// flavors are in the catalogue from the start, for modules that only look flavors up.
var flavors = []openstack.Flavor{
	{Name: "g1.small", VCPUs: 1, RAM: 2048, Disk: 20, RxTxFactor: 1, IsPublic: true, Description: "One core, for small things"},
	{Name: "g1.medium", VCPUs: 2, RAM: 4096, Disk: 40, RxTxFactor: 1, IsPublic: true, Description: "Two cores, for most things"},
	{Name: "g1.large", VCPUs: 4, RAM: 8192, Disk: 80, RxTxFactor: 1, IsPublic: true, Description: "Four cores, for databases",
		ExtraSpecs: map[string]string{"quota:memory_reservation": "8192"}},
}

// seed stores in the catalogue what module authors expect to find, through the provider's own client.
func seed(ctx context.Context, v *vcsim.VCenter) error {
	client := vcenter.New(vcenter.Config{Server: v.Server(), User: v.User, Password: v.Password, CAFile: v.CAFile, UserAgent: "novasim"})
	for _, f := range flavors {
		f.ID = catalogue.FlavorID(f.Name)
		if _, err := client.Flavors.Create(ctx, f); err != nil {
			return err
		}
	}
	v.ResetCalls()
	return client.Close(ctx)
}
