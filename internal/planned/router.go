package planned

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// RouterInterfaces holds the router interfaces that are planned. Those that go for others are noted with Replace.
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
