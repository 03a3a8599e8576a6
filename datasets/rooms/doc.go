// Package rooms generates pictures of furnished rooms by casting rays, with all that the seven tasks of
// TransNAS-Bench-101 need: surface normals, segments, objects, scenes and the room's layout. It is a stand-in for
// Taskonomy, of which nothing may be redistributed, where that is not at hand: the same tasks, shapes and numbers of
// classes, on something that has structure and can be learnt. It is not Taskonomy, and what networks reach on it is not
// what they reach there.
//
//	view, err := rooms.New("train", 0, 0).View("normal", 256)
package rooms
