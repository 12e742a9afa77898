package vectors

// pending names the recorded files that no family runs yet. TestVectors skips them; a file neither registered nor pending fails it.
var pending = []string{}
