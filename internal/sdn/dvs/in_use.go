package dvs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// inUse says that something cannot go because ports have it.
type inUse struct {
	text  string
	ports []openstack.Port
}

// Error says what is in use, by whom, and what to do.
func (u *inUse) Error() string { return u.text }

// goesOn is how long it is waited for the next port to go. Instances that are destroyed at the same moment take their ports along one by
// one, and nothing in a configuration need say that a subnet or a group goes after them: Neutron's clients wait, too.
const goesOn = 10 * time.Second

// whenFree tries to remove something again as long as ports that instances have keep going, and says of those that nobody has how they
// can be had.
func (b *Backend) whenFree(ctx context.Context, try func() error) error {
	left, last := -1, time.Now()
	for pause := 250 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := try()
		var used *inUse
		if !errors.As(err, &used) {
			return err
		}
		free, failed := b.Unplugged(ctx, used.ports)
		if failed != nil {
			return err
		}
		if len(used.ports) != left {
			left, last = len(used.ports), time.Now()
		}
		idle := !slices.ContainsFunc(used.ports, func(p openstack.Port) bool { return p.DeviceID != "" }) // an instance's port goes a moment after it
		if idle || time.Since(last) > goesOn || ctx.Err() != nil {
			return explained(err, free)
		}
		select {
		case <-ctx.Done():
			return explained(err, free)
		case <-time.After(pause):
		}
		if failed := b.c.Refresh(ctx); failed != nil {
			return err
		}
	}
}

// explained adds to an error how a port that nobody has can be imported, and then deleted.
func explained(err error, free []openstack.Port) error {
	if len(free) == 0 {
		return err
	}
	first := free[0]
	first.DeviceID = ""
	return fmt.Errorf("%w. Of these no instance has %s", err, sdn.Describe(first))
}

// mostNamed is how many of many an error names.
const mostNamed = 10

func inventory(subnets []openstack.Subnet, ports []openstack.Port, interfaces ...openstack.RouterInterface) string {
	var out []string
	for _, s := range subnets {
		out = append(out, fmt.Sprintf("the subnet %s (%s)", s.ID, s.CIDR))
	}
	for _, p := range ports {
		out = append(out, portText(p))
	}
	for _, i := range interfaces {
		out = append(out, "the router interface "+i.ID)
	}
	if more := len(out) - mostNamed; more > 0 {
		out = append(slices.Clip(out[:mostNamed]), fmt.Sprintf("%d more", more))
	}
	return strings.Join(out, ", ")
}

func portText(p openstack.Port) string {
	if p.Name == "" {
		return "the port " + p.ID
	}
	return fmt.Sprintf("the port %q (%s)", p.Name, p.ID)
}
