// SPDX-License-Identifier: MPL-2.0

package dvs_test

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// starter returns a function that starts a backend of its own client, as another process has it.
func starter(t *testing.T, vc *acctest.VCenter) func() *dvs.Backend {
	t.Helper()
	return func() *dvs.Backend {
		c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack"})
		t.Cleanup(func() { _ = c.Close(t.Context()) })
		return dvs.New(c)
	}
}

func complete(s openstack.Subnet) (openstack.Subnet, error) { return sdn.Complete(s, false) }

// labs returns networks, and a pool of a number of prefixes of 24 bits.
func labs(t *testing.T, b *dvs.Backend, networks int, prefix string) (ids []string, p openstack.SubnetPool) {
	t.Helper()
	for i := range networks {
		n, err := b.CreateNetwork(t.Context(), openstack.Network{Name: fmt.Sprint("lab-", i)})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, n.ID)
	}
	p, err := sdn.CompletePool(openstack.SubnetPool{Name: "pool", Prefixes: []string{prefix}, Length: 24})
	if err == nil {
		p, err = b.CreateSubnetPool(t.Context(), p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ids, p
}

// TestSubnetsOfOnePool: four processes ask a pool of 64 prefixes for 80 subnets at once, each on networks of its own. Each prefix is given
// once, the others are told, and nothing but the 64 subnets is recorded.
func TestSubnetsOfOnePool(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	start := starter(t, vc)
	ids, p := labs(t, start(), 4, "10.64.0.0/18")
	var mu sync.Mutex
	var all sync.WaitGroup
	made, told := map[string]string{}, 0
	for _, network := range ids {
		b := start()
		for i := range 20 {
			all.Go(func() {
				s, err := b.CutSubnet(t.Context(), openstack.Subnet{NetworkID: network, Name: fmt.Sprint("s-", i), PoolID: p.ID}, complete)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil && made[s.CIDR] != "":
					t.Errorf("%s is given to %s and %s", s.CIDR, made[s.CIDR], s.ID)
				case err == nil:
					made[s.CIDR] = s.ID
				case sdn.IsExhausted(err):
					told++
				default:
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if len(made) != 64 || told != 16 {
		t.Errorf("%d prefixes are given, and %d subnets are told that none is left", len(made), told)
	}
	recorded, err := start().Subnets(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range recorded {
		if made[s.CIDR] != s.ID {
			t.Errorf("the record of %s (%s) is nobody's", s.ID, s.CIDR)
		}
	}
	if len(recorded) != len(made) {
		t.Errorf("%d subnets are recorded, and %d were made", len(recorded), len(made))
	}
}

// TestCutCosts: a subnet of a pool costs one call that reads all records more than one with a CIDR.
func TestCutCosts(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	b := starter(t, vc)()
	ids, p := labs(t, b, 1, "10.64.0.0/16")
	cost := func(act func() error) (n int) {
		before := vc.Calls()
		if err := act(); err != nil {
			t.Fatal(err)
		}
		for call, count := range vc.Calls() {
			n += count - before[call]
		}
		return n
	}
	plain := func(cidr string) func() error {
		return func() error {
			s, err := complete(openstack.Subnet{NetworkID: ids[0], CIDR: cidr})
			if err == nil {
				_, err = b.CreateSubnet(t.Context(), s)
			}
			return err
		}
	}
	if err := plain("10.1.0.0/24")(); err != nil { // makes the records VM
		t.Fatal(err)
	}
	usual := cost(plain("10.2.0.0/24"))
	cut := cost(func() error {
		s, err := b.CutSubnet(t.Context(), openstack.Subnet{NetworkID: ids[0], PoolID: p.ID}, complete)
		if _, ok := netip.ParsePrefix(s.CIDR); ok != nil {
			t.Errorf("the CIDR is %q", s.CIDR)
		}
		return err
	})
	t.Logf("a subnet costs %d calls, and one of a pool %d", usual, cut)
	if cut > usual+1 {
		t.Errorf("a subnet of a pool costs %d calls, and one with a CIDR %d", cut, usual)
	}
}

// TestPoolInUse: a pool with subnets is not deleted, and a subnet that a killed process has left is named instead of made again.
func TestPoolInUse(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	start := starter(t, vc)
	b := start()
	ids, p := labs(t, b, 1, "10.64.0.0/16")
	wish := openstack.Subnet{NetworkID: ids[0], Name: "s", PoolID: p.ID}
	s, err := b.CutSubnet(t.Context(), wish, complete)
	if err != nil {
		t.Fatal(err)
	}
	says := func(err error, text string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("the error is %v, and not: %s", err, text)
		}
	}
	says(b.DeleteSubnetPool(t.Context(), p.ID), "in use: the subnet "+s.ID)
	_, err = start().CutSubnet(t.Context(), wish, complete)
	says(err, s.ID+", which")
	if _, err = b.CutSubnet(t.Context(), wish, complete); err != nil {
		t.Errorf("a second subnet of the same process: %v", err)
	}
	_, err = start().CreateSubnetPool(t.Context(), openstack.SubnetPool{Name: p.Name, Prefixes: p.Prefixes, MinLength: p.MinLength,
		MaxLength: p.MaxLength, Length: p.Length})
	if err != nil {
		t.Errorf("a pool like one that is in use: %v", err)
	}
	if subnets, err := b.Subnets(t.Context(), ""); err != nil || len(subnets) != 2 {
		t.Errorf("%d subnets are recorded: %v", len(subnets), err)
	}
}

// TestRefusedCutDeletesNothing: a subnet that is refused leaves alone what another process has recorded under its id, as two workspaces do
// that adopt one subnet of OpenStack's.
func TestRefusedCutDeletesNothing(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	start := starter(t, vc)
	ids, p := labs(t, start(), 1, "10.64.0.0/18")
	wish := openstack.Subnet{ID: "5a0ee2f6-3c5b-4b0a-8a26-6f0c7b6f4d11", NetworkID: ids[0], PoolID: p.ID, CIDR: "10.64.0.0/24"}
	made, err := start().CutSubnet(t.Context(), wish, complete)
	if err != nil {
		t.Fatal(err)
	}
	wish.CIDR = "10.99.0.0/24"
	if _, err := start().CutSubnet(t.Context(), wish, complete); err == nil {
		t.Error("a prefix that the pool has not was given")
	}
	if seen, err := start().Subnet(t.Context(), ids[0], wish.ID); err != nil || seen.CIDR != made.CIDR {
		t.Errorf("the subnet is now %+v: %v", seen, err)
	}
}
