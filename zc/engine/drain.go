package engine

// drain hands a parameter's gradients, which are complete in all sweeps, to their sinks: all but updates that have to
// wait for the norm of all gradients.
func drain(sweeps []*sweep, param int) {
	var before []Gradient
	for k, s := range sweeps {
		s.hand(param, func(sink Sink) Sink {
			reached := s.grads[param] != nil
			switch v := sink.(type) {
			case Gram:
				for _, g := range before {
					reached = reached || g != nil
				}
				reached = reached && k == len(sweeps)-1
				v.Before = before
				sink = v
			case Update:
				reached = reached && v.Clip == 0
			}
			if !reached {
				return nil
			}
			return sink
		})
		before = append(before, s.grads[param])
	}
	for _, s := range sweeps {
		if u, ok := sinkOf[Update](s.sinks[param]); !ok || u.Clip == 0 {
			s.forget(param)
		}
	}
}

// update hands gradients to the updates that have waited, and none to those of parameters that no gradient has
// reached.
func (s *sweep) update() {
	squares := map[float64][]Scalars{} // by clip
	for q, sinks := range s.sinks {
		if u, ok := sinkOf[Update](sinks); ok && u.Clip > 0 && s.grads[q] != nil {
			squares[u.Clip] = append(squares[u.Clip], s.Device.Drain(q, &s.grads[q], []Sink{Squares{}})...)
		}
	}
	for q, sinks := range s.sinks {
		u, ok := sinkOf[Update](sinks)
		if !ok || s.updated[q] {
			continue
		}
		u.Squares = squares[u.Clip]
		s.hand(q, func(sink Sink) Sink {
			if _, ok := sink.(Update); ok {
				return u
			}
			return nil
		})
		s.forget(q)
	}
}

// hand gives a parameter's gradient to those of its sinks that choose does not turn into nil.
func (s *sweep) hand(param int, choose func(Sink) Sink) {
	var sinks []Sink
	var places []int
	for i, sink := range s.sinks[param] {
		if sink = choose(sink); sink != nil {
			sinks, places = append(sinks, sink), append(places, i)
		}
	}
	if sinks == nil {
		return
	}
	at := s.place[param]
	if at < 0 {
		at = len(s.result.Params)
		s.place[param] = at
		s.result.Params = append(s.result.Params, ParamResult{Param: param, Numbers: make([]Scalars, len(s.sinks[param]))})
	}
	for i, numbers := range s.Device.Drain(param, &s.grads[param], sinks) {
		s.result.Params[at].Numbers[places[i]] = numbers
	}
	if _, ok := sinkOf[Update](sinks); ok {
		s.updated[param] = true
	}
}

// forget frees a parameter's gradient, or leaves it to the caller.
func (s *sweep) forget(param int) {
	g := s.grads[param]
	s.grads[param] = nil
	if g == nil {
		return
	}
	if _, kept := sinkOf[Keep](s.sinks[param]); kept {
		s.result.Params[s.place[param]].Kept = g
		return
	}
	s.Device.Free(g)
}

// sinkOf is the first sink of a kind.
func sinkOf[S Sink](sinks []Sink) (S, bool) {
	for _, s := range sinks {
		if v, ok := s.(S); ok {
			return v, true
		}
	}
	var none S
	return none, false
}
