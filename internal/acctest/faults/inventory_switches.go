// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// switches adds portgroups, and the ports that have a name or a NIC.
func (l *look) switches() {
	var groups []mo.DistributedVirtualPortgroup
	l.all("DistributedVirtualPortgroup", []string{"config"}, &groups)
	byKey := map[string]string{}
	for _, g := range groups {
		l.names[g.Self] = path.Join(l.names[g.Self], g.Config.Name) // its name is a property of this object alone
		byKey[g.Config.Key] = l.names[g.Self]
		config := g.Config
		config.ConfigVersion, config.Key, config.DistributedVirtualSwitch, config.NumPorts = "", "", nil, 0
		l.say("portgroup %s %s", l.names[g.Self], text(config))
	}
	var switches []mo.DistributedVirtualSwitch
	l.all("DistributedVirtualSwitch", []string{"config"}, &switches)
	for _, s := range switches {
		for _, member := range s.Config.GetDVSConfigInfo().Host {
			l.say("member of %s: %s %s", l.names[s.Self], l.names[*member.Config.Host], text(member.Config.Backing))
		}
		ports, err := object.NewDistributedVirtualSwitch(l.vc.Client().Client, s.Self).FetchDVPorts(l.ctx,
			&types.DistributedVirtualSwitchPortCriteria{})
		if l.err = err; err != nil {
			return
		}
		for _, p := range ports {
			if p.Config.Name != "" || p.Connectee != nil {
				plugged := ""
				if p.Connectee != nil && p.Connectee.ConnectedEntity != nil {
					plugged = l.names[*p.Connectee.ConnectedEntity]
				}
				l.say("switch port %q of %s, in it %q: %s", p.Config.Name, byKey[p.PortgroupKey], plugged, l.setting(p.Config.Setting))
			}
		}
	}
}

// setting formats the setting of a port. The order of a filter's rules follows from the ids of the security groups, so they are sorted.
func (l *look) setting(of types.BaseDVPortSetting) string {
	rule := regexp.MustCompile(`\{"description":"novasphere sg:[^"]*","sequence":\d+,(.*?)"direction":"\w+"\}`)
	whole := text(of)
	rules := rule.FindAllString(whole, -1)
	for i := range rules {
		rules[i] = regexp.MustCompile(`"sequence":\d+`).ReplaceAllString(rules[i], "")
		for _, c := range chosen {
			rules[i] = c.pattern.ReplaceAllString(rules[i], c.name)
		}
	}
	slices.Sort(rules)
	return rule.ReplaceAllString(whole, "<rule>") + strings.Join(rules, "")
}
