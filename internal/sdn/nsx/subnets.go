package nsx

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// CheckSubnet refuses a subnet that its segment cannot have.
func (b *Backend) CheckSubnet(ctx context.Context, s openstack.Subnet) (openstack.Subnet, error) {
	s, err := b.records.CheckSubnet(ctx, s)
	if err == nil && s.DHCP {
		err = openstack.AttributeErrorf("enable_dhcp", "DHCP of NSX is not in this version")
	}
	return s, err
}
