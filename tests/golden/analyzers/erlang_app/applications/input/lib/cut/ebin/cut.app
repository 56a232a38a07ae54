{application,cut,[{vsn,"1"},{licenses,["MIT}]}.
