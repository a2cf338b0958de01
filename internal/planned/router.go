package planned

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// RouterInterfaces holds the planned router interfaces, by subnet. One that is replaced is recorded with Replace.
type RouterInterfaces = Set[openstack.RouterInterface]

func newRouterInterfaces() *RouterInterfaces {
	return NewSet(Kind[openstack.RouterInterface]{
		ID:   func(i openstack.RouterInterface) string { return i.ID },
		Keys: func(i openstack.RouterInterface) []string { return []string{i.SubnetID} },
		Bare: func(i openstack.RouterInterface) openstack.RouterInterface {
			i.ID, i.Mark = "", nil
			return i
		},
		Meets: func(a, b openstack.RouterInterface) bool { return a.SubnetID == b.SubnetID },
	})
}
