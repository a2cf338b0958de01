// SPDX-License-Identifier: MPL-2.0

package base

import "github.com/vmware/govmomi/vim25/types"

// Option is the value of extraConfig that has a key; nil where there is none.
func Option(options []types.BaseOptionValue, key string) types.AnyType {
	for _, o := range options {
		if v := o.GetOptionValue(); v.Key == key {
			return v.Value
		}
	}
	return nil
}

// OptionText is an option as a string, empty where there is none.
func OptionText(options []types.BaseOptionValue, key string) string {
	s, _ := Option(options, key).(string)
	return s
}
