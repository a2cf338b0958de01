package vcsim

// switches are the distributed switches of a vCenter.
type switches struct {
	*base
	ports *switchPorts
}

func newSwitches(b *base) *switches { return &switches{base: b, ports: newSwitchPorts()} }
